"""The list of members: what an app may read of it, and hears when it changes (wecom-app.md §2, §7)."""

from collections.abc import Callable

from sandbox.member_app.conversations import AppConversations
from sandbox.tenant import Tenant
from sandbox.wire import OK, Json, PlatformError
from sandbox.world import Department, Member, MemberApp

NO_MEMBER, NO_DEPARTMENT, OUT_OF_RANGE, NO_DETAILS = 60111, 60123, 60011, 48002
_ACTIVE = 1


class AppContacts:
    """The list of one tenant, as its apps see it: members in an app's visible range, all departments."""

    def __init__(self, tenant: Tenant, conversations: AppConversations) -> None:
        self._tenant = tenant
        self._conversations = conversations
        self.shows_details = True
        """False: `user/list` is closed to apps, as it may be."""
        self.by_path: dict[str, Callable[[MemberApp, dict[str, str]], Json]] = {
            "department/list": self.list_departments,
            "department/get": self.read_department,
            "user/list": self.list_details,
            "user/simplelist": self.list_members,
            "user/get": self.read_member,
        }
        """Those that take a GET."""

    def list_departments(self, _app: MemberApp, _query: dict[str, str]) -> Json:
        """`department/list`."""
        return OK | {"department": [_show(one) for one in self._tenant.world.departments.values()]}

    def read_department(self, _app: MemberApp, query: dict[str, str]) -> Json:
        """`department/get`."""
        return OK | {"department": _show(self._find_department(query.get("id", "")))}

    def list_details(self, app: MemberApp, query: dict[str, str]) -> Json:
        """`user/list`, with the status of each."""
        if not self.shows_details:
            raise PlatformError(NO_DETAILS, "api forbidden")
        found = self._list(app, query)
        return OK | {"userlist": [_introduce(one) | {"status": _ACTIVE} for one in found]}

    def list_members(self, app: MemberApp, query: dict[str, str]) -> Json:
        """`user/simplelist`."""
        return OK | {"userlist": [_introduce(one) for one in self._list(app, query)]}

    def read_member(self, app: MemberApp, query: dict[str, str]) -> Json:
        """`user/get`."""
        wanted = query.get("userid", "").lower()
        members = self._tenant.world.members.values()
        member = next((one for one in members if one.userid.lower() == wanted), None)
        if member is None:
            raise PlatformError(NO_MEMBER, "userid not found")
        if not app.sees(member.userid):
            raise PlatformError(OUT_OF_RANGE, "no privilege to access/modify contact")
        return OK | _introduce(member) | {"status": _ACTIVE}

    def add_department(self, number: int, name: str, parent: int = 1) -> None:
        """Make a department, or give one another name."""
        kind = "update_party" if number in self._tenant.world.departments else "create_party"
        self._tenant.world.departments[number] = Department(number, name, parent)
        self._announce({"ChangeType": kind, "Id": number, "Name": name, "ParentId": parent})

    def set_member(self, userid: str, name: str, departments: list[int], *, quiet: bool = False) -> None:
        """Let somebody join, or work elsewhere. `quiet`: the platform loses the event."""
        known = self._tenant.world.members.get(userid)
        title = known.title if known is not None else ""
        self._tenant.world.members[userid] = Member(userid, name, title, departments)
        numbers = ",".join(map(str, departments))
        change = {"UserID": userid, "Name": name, "Department": numbers, "Status": _ACTIVE}
        if not quiet:
            self._announce({"ChangeType": "update_user" if known else "create_user", **change})

    def rename_member(self, userid: str, new_id: str) -> None:
        """Give somebody another user id."""
        member = self._tenant.world.members.pop(userid)
        member.userid = new_id
        self._tenant.world.members[new_id] = member
        self._announce({"ChangeType": "update_user", "UserID": userid, "NewUserID": new_id})

    def remove_member(self, userid: str, *, quiet: bool = False) -> None:
        """Let somebody leave."""
        del self._tenant.world.members[userid]
        if not quiet:
            self._announce({"ChangeType": "delete_user", "UserID": userid})

    def _announce(self, change: dict[str, object]) -> None:
        for app in self._tenant.world.apps.values():
            self._conversations.announce(app, {"Event": "change_contact", **change})

    def _list(self, app: MemberApp, query: dict[str, str]) -> list[Member]:
        number = self._find_department(query.get("department_id", "")).number
        members = self._tenant.world.members.values()
        return [one for one in members if number in one.departments and app.sees(one.userid)]

    def _find_department(self, number: str) -> Department:
        found = self._tenant.world.departments.get(int(number)) if number.isdecimal() else None
        if found is None:
            raise PlatformError(NO_DEPARTMENT, "invalid department id")
        return found


def _show(one: Department) -> Json:
    return {"id": one.number, "name": one.name, "parentid": one.parent, "order": 0, "department_leader": []}


def _introduce(one: Member) -> Json:
    return {"userid": one.userid, "name": one.name, "department": one.departments}
