"""The OpenAPI document of the API, with every problem it may answer."""

from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi

from bot.api.problems import ProblemBody

PATH = "/api/v1/openapi.json"
_TEMPLATE = "#/components/schemas/{model}"
_ABOUT = """\
请求带 `Authorization: Bearer 口令`。时间都是 ISO 8601 的 UTC。

出错时回答 application/problem+json：程序看 `type`，人看 `detail`，`errors` 指出请求里每一处不对的地方。

写的请求可以带 `Idempotency-Key`：网络断了就用同一个值再发一次，事情只做一次。

文字里的电话和身份证号已遮盖，报事人不具名；不公开的事件（如举报）在接口里看不到。
"""


def describe(router: APIRouter, *, title: str) -> dict[str, Any]:
    """The OpenAPI document of the router's routes as plain data; `title` is the name of the site."""
    page = get_openapi(title=f"{title}对接接口", version="1", description=_ABOUT, routes=router.routes)
    components = page.setdefault("components", {})
    problem = ProblemBody.model_json_schema(ref_template=_TEMPLATE)
    schemas = components.setdefault("schemas", {})
    schemas.update(problem.pop("$defs", {}))
    schemas["Problem"] = problem
    components["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    page["security"] = [{"token": []}]
    return page
