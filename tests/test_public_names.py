"""The public names, and what importing them costs."""

import subprocess
import sys

import litmus


def test_every_public_name_is_there():
    for name in litmus.__all__:
        assert getattr(litmus, name) is not None, name
    assert callable(litmus.train)
    assert set(litmus._WHERE) | {"__version__"} == set(litmus.__all__)


def test_importing_loads_no_heavy_library():
    code = (
        "import sys, litmus, litsdf\n"
        "heavy = {'numpy', 'pandas', 'sklearn', 'scipy', 'torch', 'xgboost', 'lightgbm', 'catboost', 'pyarrow', 'polars'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_train_stays_the_function_after_its_module_is_imported():
    code = "import litmus.training, litmus; from litmus.cli import main; print(callable(litmus.train))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "True"


def test_the_command_line_loads_no_heavy_library_for_its_help():
    code = (
        "import sys\nfrom litmus.cli.app import app\n"
        "print(sorted({'numpy', 'pandas', 'sklearn', 'pyarrow', 'starlette'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
