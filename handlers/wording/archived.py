"""What is said of a case that is in the archive."""

from datetime import date


def archived_case(
    number: str,
    *,
    class_name: str,
    place: str,
    unit: str,
    status: str,
    opened_on: date,
    ended_on: date,
    archived_on: date,
) -> str:
    """Where it is, and the essentials; `unit`: who handled it, "" where nobody did; days are local."""
    where = f"（{place}）" if place else ""
    whose = f"，{unit}承办" if unit else ""
    return (
        f"〔{number}〕在档案里（{archived_on} 归档）。{class_name}{where}{whose}，"
        f"{opened_on} 上报，{ended_on} {status}。要看全部经过，请管理员取回。"
    )


def several_archived(said: str, numbers: list[str]) -> str:
    """More than one archived case has this serial."""
    return f"「{said}」在档案里有 {len(numbers)} 件：{'、'.join(numbers)}。请写完整编号。"
