"""`/cgi-bin/user`, `/cgi-bin/department`: the list of members; `/sandbox/api/contacts` changes it."""

from typing import Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict

from sandbox.interface_gate import InterfaceGate
from sandbox.member_app.accounts import AppAccounts
from sandbox.member_app.contacts import AppContacts
from sandbox.tenant import Tenant
from sandbox.wire import Json
from sandbox.world import MemberApp


class ContactAct(BaseModel):
    """What the administrator does to the list."""

    model_config = ConfigDict(extra="forbid")

    do: Literal["department", "member", "rename", "remove"]
    id: str
    """A user id, or the number of a department."""
    name: str = ""
    departments: list[int] = []
    quiet: bool = False
    """The platform loses the event."""


def build_router(tenant: Tenant, accounts: AppAccounts, contacts: AppContacts) -> APIRouter:
    """The routes of the list of one tenant."""
    router = APIRouter()
    gate = InterfaceGate(tenant, accounts.open_token)
    for path in contacts.by_path:
        _add_interface(router, path, gate, contacts)

    @router.post("/sandbox/api/contacts")
    async def change(act: ContactAct) -> Json:
        match act.do:
            case "department":
                contacts.add_department(int(act.id), act.name)
            case "member":
                contacts.set_member(act.id, act.name, act.departments, quiet=act.quiet)
            case "rename":
                contacts.rename_member(act.id, act.name)
            case "remove":
                contacts.remove_member(act.id, quiet=act.quiet)
        return {"ok": True}

    return router


def _add_interface(
    router: APIRouter, path: str, gate: InterfaceGate[MemberApp], contacts: AppContacts
) -> None:
    @router.get(f"/cgi-bin/{path}")
    async def call(request: Request) -> Json:
        query = dict(request.query_params)
        return gate.call(path, query.pop("access_token", ""), lambda app: contacts.by_path[path](app, query))
