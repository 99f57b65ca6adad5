"""Declare the operations of the management API, each with the scope its caller must hold.

A request is authenticated and its scope checked before its body is read, so that a stranger learns nothing
from the errors of a body.
"""

from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, model_validator

from claimsmith.edge.management.answers import Answer
from claimsmith.edge.management.json_bodies import BoundedRequest
from claimsmith.oauth.errors import InsufficientScope
from claimsmith.usecases.context import Context
from claimsmith.usecases.management_access import authenticate_caller

Endpoint = Callable[..., Any]
NO_MEMBERS: Mapping[str, Any] = {}


class Body(BaseModel):
    """Be the base of every JSON body: exact types, and no member that the operation does not know."""

    model_config = ConfigDict(extra="forbid", strict=True)

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        """Refuse text that no database keeps: NUL and lone surrogates."""
        if not _is_storable(value):
            raise ValueError("a text holds a NUL character or half of a surrogate pair")
        return value


def _is_storable(value: Any) -> bool:
    if isinstance(value, str):
        return "\x00" not in value and not any("\ud800" <= character <= "\udfff" for character in value)
    if isinstance(value, dict):
        return all(_is_storable(key) and _is_storable(member) for key, member in value.items())
    if isinstance(value, list):
        return all(map(_is_storable, value))
    return True


class ManagementRoute(APIRoute):
    """Check the bearer token and its scope before anything else of the request, then the body's bounds."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the handler that FastAPI made."""
        handle = super().get_route_handler()
        scope_needed = str((self.openapi_extra or {})["x-scope"])
        takes_json = self.body_field is not None

        async def authenticated(request: Request) -> Response:
            caller = await authenticate_caller(
                request.scope["claimsmith.platform"],
                request.scope["claimsmith.runtime"],
                request.headers.getlist("authorization"),
            )
            if scope_needed not in caller.scopes:
                raise InsufficientScope(
                    f"This operation needs the scope {scope_needed}. Enable it for the application at the "
                    "management API and ask for a new token.",
                    reason="scope_missing",
                    scope=scope_needed,
                )
            request.state.context = caller.context
            if takes_json:
                request = BoundedRequest(request.scope, request.receive)
                await request.body()
            response = await handle(request)
            # Answers may hold secrets, and all of them belong to one caller.
            response.headers["Cache-Control"] = "no-store"
            response.headers["X-Content-Type-Options"] = "nosniff"
            return response

        return authenticated


def _context(request: Request) -> Context:
    context: Context = request.state.context
    return context


Caller = Annotated[Context, Depends(_context)]


class Operations(APIRouter):
    """Collect the operations of one noun."""

    def __init__(self, tag: str) -> None:
        """Name the heading under which the OpenAPI document shows these operations."""
        super().__init__(tags=[tag], route_class=ManagementRoute)
        self.answers: dict[str, Answer] = {}

    def operation(
        self,
        method_and_path: str,
        operation_id: str,
        *,
        scope: str,
        status: int = 200,
        answer: Answer = NO_MEMBERS,
        request_body: Mapping[str, Any] | None = None,
        parameters: Sequence[Mapping[str, Any]] = (),
    ) -> Callable[[Endpoint], Endpoint]:
        """Declare one operation, e.g. `("GET /apis/{api_id}", "getAPI", scope="read:apis")`.

        `answer` has the members that `ok` is given, with their types; `request_body` and `parameters`
        describe what the operation reads from the request by itself, as OpenAPI has it.
        """
        method, path = method_and_path.split(" ", 1)
        self.answers[operation_id] = answer
        read: dict[str, Any] = {"requestBody": request_body} if request_body else {}
        if parameters:
            read["parameters"] = list(parameters)
        return self.api_route(
            path,
            methods=[method],
            operation_id=operation_id,
            status_code=status,
            response_model=None,
            openapi_extra={"x-scope": scope, "security": [{"bearer": []}], **read},
        )


def ok(message: str = "Success", code: str = "OK", **members: Any) -> dict[str, Any]:
    """Return the envelope of a success: `code`, `message`, and the data beside them."""
    return {"code": code, "message": message, **members}
