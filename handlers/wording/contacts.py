"""Texts about members of the corporation who left or moved."""


def rights_ended(name: str, unit: str, moved_to: str) -> str:
    """`moved_to`: where they work now; empty: they left."""
    if moved_to:
        return f"⚠️ {name}从{unit}调到{moved_to}，在{unit}的权限已停。要在新单位办事，请管理员在组织文件里改。"
    return f"⚠️ {name}（{unit}）已离开企业，权限已停。"


def nobody_left(unit: str) -> str:
    return f"⚠️ {unit}现在没有一个能办事的人，交给它的事没人签收。请马上指定人，或把在办的事转办。"


def no_lead_left(unit: str) -> str:
    return f"⚠️ {unit}现在没有负责人和副手。请尽快指定。"
