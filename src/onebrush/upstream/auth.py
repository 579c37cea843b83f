"""Credentials are added here, at the last moment, and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping

from onebrush.domain.deployment import Deployment


def headers_for(deployment: Deployment) -> Mapping[str, str]:
    """The headers that say who pays."""
    if deployment.auth == "x-goog-api-key":
        return {"x-goog-api-key": deployment.credential}
    return {"Authorization": f"Bearer {deployment.credential}"}
