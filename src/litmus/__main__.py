"""`python -m litmus` is `litmus`."""

from litmus.cli import main

if __name__ == "__main__":
    main()
