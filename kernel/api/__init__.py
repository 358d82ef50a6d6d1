"""REST under /api/v1 with its OpenAPI description: everything from the entities, the workflows and the reports."""

from kernel.api.blueprint import create_api, create_blueprint

__all__ = ["create_api", "create_blueprint"]
