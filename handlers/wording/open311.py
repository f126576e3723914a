"""What people read of reports that another system posted, and what that system is told."""

from handlers.wording.resident_page import with_phone

RECEIVED = "已收到，编号就是 service_request_id，可以随时查。"


def report_words(service: str, address: str, description: str, contact: str) -> str:
    """The words of a report: what it is about, where, what was written, and how to reach who wrote it."""
    said = [part for part in (service, address) if part and part not in description]
    return with_phone("，".join([*said, description] if description else said), contact)
