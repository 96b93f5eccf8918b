"""The description of a packaged model for KServe."""

from __future__ import annotations

import re

from litmus.deployment import Deployment
from litmus.quantities import asked_bytes_text

__all__ = ["IMAGE_PLACEHOLDER", "inference_service", "service_name"]

IMAGE_PLACEHOLDER = "REPLACE-THIS/WITH-YOUR-IMAGE:TAG"
"""What stands where the address of the built image goes: nobody but its owner knows it."""

_YAML = """\
# An InferenceService of KServe for {model}; `kubectl apply -f inference-service.yaml` starts it.
# Before that, replace the placeholder {placeholder} with the address of the image you built and pushed,
# and make the secret with the key that callers send: README.md has the lines.
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: {name}
spec:
  predictor:
    minReplicas: 1
    containers:
      - name: kserve-container
        image: {placeholder}
        ports:
          - containerPort: 8080
            protocol: TCP
        env:
          - name: PROTOCOL
            value: v2
          - name: LITMUS_KEY
            valueFrom:
              secretKeyRef:
                name: {name}-key
                key: key
        readinessProbe:
          httpGet:
            path: /v2/health/ready
            port: 8080
          periodSeconds: 5
        livenessProbe:
          httpGet:
            path: /v2/health/live
            port: 8080
          periodSeconds: 10
        resources:
          requests:
            cpu: "{cpus}"
            memory: {memory}
          limits:
            cpu: "{cpus}"
            memory: {memory}
        securityContext:
          runAsNonRoot: true
          runAsUser: 10001
          allowPrivilegeEscalation: false
          readOnlyRootFilesystem: true
          capabilities:
            drop: [ALL]
        volumeMounts:
          - name: temporary
            mountPath: /tmp
    volumes:
      - name: temporary
        emptyDir: {{}}
"""


def inference_service(model: str, deployment: Deployment) -> str:
    """The YAML of an `InferenceService` with the Open Inference Protocol V2.

    Args:
        model: the model's version, or its name.
        deployment: whose `cpus` and `memory` are asked for.

    Example:
        >>> print(inference_service("adult-3", Deployment()).splitlines()[6])
          name: adult-3
    """
    memory = "1Gi" if deployment.memory is None else kubernetes_bytes(int(deployment.memory))
    return _YAML.format(
        model=service_name(model),
        placeholder=IMAGE_PLACEHOLDER,
        name=service_name(model),
        cpus=deployment.cpus,
        memory=memory,
    )


def service_name(model: str) -> str:
    """The model's name as Kubernetes allows names: at most 50 lower-case letters, digits and dashes.

    Example:
        >>> service_name("Größe_der Häuser-3")
        'gr-e-der-h-user-3'
    """
    return re.sub(r"[^a-z0-9]+", "-", model.lower()).strip("-")[:50].strip("-") or "model"


def kubernetes_bytes(number: int) -> str:
    """Bytes as Kubernetes writes them: "512Mi"."""
    text = asked_bytes_text(number)
    return text.replace(" ", "").removesuffix("B") if text.endswith("iB") else str(number)
