"""The figures of a month once more, in plain SQL from what happened: events, orders, words, calls.

Nothing of the program is asked but its tables: not the columns of a case, which cache its events, nor its
functions. Definitions are those of domain standards §9 (the three rates) and §11.1 (what is counted):

    received    opened in the month; without what was refused, voided or merged, and apart from it what its
                reporter took back
    answered    a result handed in since it was last taken up reached the reporter: accepted by a channel,
                told by telephone, or judged. Tried in vain is no answer
    solved, satisfied   of those rated, by the reporter's last word on this result; automatic closing says
                nothing, and a rating of a result that was taken up again says nothing of the next one
    first       who first took up or sent back what their unit was given; a signature that was taken back took
                up nothing
    due         its limit is over or its result is in; what is suspended is deferred
    on time     its result was handed in, or it was closed, by the limit
    overdue     its time runs and is over: not suspended, not handed in, not taken back
"""

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

SIGNED = "c.source = '信访' OR c.class_id = 'civil.neighbor'"
"""Which answers are signed, as the county's rules have it."""
Key = tuple[str, str, str]
"""Table, line and figure."""

_FIELD = """(SELECT json_extract(e.fields, '$.{0}') FROM events e WHERE e.case_id = c.id
    AND json_type(e.fields, '$.{0}') IS NOT NULL ORDER BY e.number DESC LIMIT 1) AS {0}"""
_RECORD = f"""
CREATE TEMP TABLE restarts AS
    SELECT case_id, max(number) AS number FROM events
    WHERE status_from IN ('SUBMITTED', 'CALLBACK', 'CLOSED', 'DUPLICATE')
        AND status_to IN ('IN_PROGRESS', 'ACCEPTED') GROUP BY case_id;
CREATE TEMP TABLE record AS SELECT c.id, {
    ", ".join(
        _FIELD.format(name)
        for name in (
            "unit_id",
            "area_id",
            "class_id",
            "nature",
            "source",
            "withdrawal",
            "restricted",
        )
    )
},
    (SELECT replace(substr(json_extract(e.fields, '$.due_at'), 1, 26), 'T', ' ') FROM events e
        WHERE e.case_id = c.id AND json_type(e.fields, '$.due_at') IS NOT NULL
        ORDER BY e.number DESC LIMIT 1) AS due_at,
    (SELECT replace(substr(json_extract(e.fields, '$.opened_at'), 1, 26), 'T', ' ') FROM events e
        WHERE e.case_id = c.id AND e.number = 1) AS opened_at,
    (SELECT e.status_to FROM events e WHERE e.case_id = c.id ORDER BY e.number DESC LIMIT 1) AS status,
    (SELECT max(e.at) FROM events e WHERE e.case_id = c.id AND e.number > coalesce(r.number, 0)
        AND e.status_from IN ('NEW', 'ACCEPTED', 'DISPATCHED', 'IN_PROGRESS')
        AND e.status_to IN ('SUBMITTED', 'CALLBACK')) AS handed_in_at,
    (SELECT max(e.at) FROM events e WHERE e.case_id = c.id AND e.number > coalesce(r.number, 0)
        AND e.status_to = 'CLOSED' AND e.status_from <> 'CLOSED') AS ended_at,
    EXISTS (SELECT 1 FROM events e WHERE e.case_id = c.id AND e.number > coalesce(r.number, 0)
        AND (e.act = 'deliver_answer' OR (e.act = 'rate' AND e.status_to = 'CLOSED')
            OR (e.act = 'call_back' AND e.text LIKE '联系上%'))) AS answered,
    (SELECT count(*) FROM events e WHERE e.case_id = c.id AND e.status_from IN ('SUBMITTED', 'CALLBACK')
        AND e.status_to IN ('IN_PROGRESS', 'ACCEPTED')) AS reworks,
    (SELECT count(*) FROM events e WHERE e.case_id = c.id AND e.act = 'reopen' AND e.status_from = 'CLOSED')
        AS reopenings,
    EXISTS (SELECT 1 FROM events e WHERE e.case_id = c.id AND e.act = 'solve_in_grid'
        AND e.number > coalesce((SELECT max(o.number) FROM events o WHERE o.case_id = c.id
            AND o.act IN ('assign', 'pass_on', 'arbitrate', 'reopen')), 0)
        AND (EXISTS (SELECT 1 FROM events s WHERE s.case_id = c.id AND s.number > e.number
                AND s.act = 'sign_off' AND s.status_to = 'CALLBACK')
            OR NOT (:signed))) AS in_grid,
    (SELECT g.id FROM ratings g WHERE g.case_id = c.id
        AND g.id = (SELECT max(l.id) FROM ratings l WHERE l.case_id = c.id)
        AND NOT (g.solved AND EXISTS (SELECT 1 FROM events o WHERE o.case_id = c.id AND o.act = 'reopen'
            AND o.status_from = 'CLOSED' AND o.at > g.at))) AS rating_id,
    EXISTS (SELECT 1 FROM sign_offs s WHERE s.case_id = c.id AND s.decided_at IS NULL) AS unsigned
FROM cases c LEFT JOIN restarts r ON r.case_id = c.id;
CREATE TEMP TABLE month AS SELECT d.*, u.code AS unit, g.solved, g.satisfied,
    coalesce(d.withdrawal, '') = 'stops' AS withdrawn,
    d.status IN ('REJECTED', 'VOID', 'DUPLICATE') AS excluded,
    coalesce(d.handed_in_at, d.ended_at) AS finished_at
FROM record d LEFT JOIN units u ON u.id = d.unit_id LEFT JOIN ratings g ON g.id = d.rating_id
WHERE NOT d.restricted;
CREATE TEMP VIEW received AS SELECT *,
    due_at IS NOT NULL AND status <> 'SUSPENDED' AND (finished_at IS NOT NULL OR due_at < :now) AS due
FROM month WHERE NOT withdrawn AND NOT excluded AND opened_at >= :begins AND opened_at < :ends;
"""
_COHORT = "opened_at >= :begins AND opened_at < :ends"
_FIGURES = {
    "received": "SELECT {0}, count(*) FROM received GROUP BY 1",
    "excluded": f"SELECT {{0}}, count(*) FROM month WHERE {_COHORT} AND excluded AND NOT withdrawn GROUP BY 1",
    "withdrawn": f"SELECT {{0}}, count(*) FROM month WHERE {_COHORT} AND withdrawn GROUP BY 1",
    "answered": "SELECT {0}, count(*) FROM received WHERE answered GROUP BY 1",
    "rated": "SELECT {0}, count(*) FROM received WHERE rating_id IS NOT NULL GROUP BY 1",
    "solved": "SELECT {0}, count(*) FROM received WHERE solved GROUP BY 1",
    "judged": "SELECT {0}, count(*) FROM received WHERE satisfied IS NOT NULL GROUP BY 1",
    "satisfied": "SELECT {0}, count(*) FROM received WHERE satisfied GROUP BY 1",
    "unrated": "SELECT {0}, count(*) FROM received WHERE status = 'CLOSED' AND rating_id IS NULL GROUP BY 1",
    "due": "SELECT {0}, count(*) FROM received WHERE due GROUP BY 1",
    "on_time": "SELECT {0}, count(*) FROM received WHERE due AND finished_at <= due_at GROUP BY 1",
    "in_grid": "SELECT {0}, count(*) FROM received WHERE in_grid GROUP BY 1",
    "redone": "SELECT {0}, count(*) FROM received WHERE reworks > 0 GROUP BY 1",
    "reopened": "SELECT {0}, count(*) FROM received WHERE reopenings > 0 GROUP BY 1",
    "reworked": "SELECT {0}, sum(reworks) FROM received GROUP BY 1",
    "overdue": """SELECT {0}, count(*) FROM month WHERE NOT withdrawn AND due_at < :now
        AND (status IN ('NEW', 'ACCEPTED', 'DISPATCHED', 'IN_PROGRESS') OR unsigned) GROUP BY 1""",
}
_BY_LINE = {"unit": "coalesce(unit, '')", "total": "''"}
_OF_BOARDS = (
    "received", "answered", "rated", "solved", "judged", "satisfied", "due", "on_time", "in_grid",
)  # fmt: skip
_RETURNING = """(SELECT json_extract(b.fields, '$.unit_id') FROM events b WHERE b.case_id = e.case_id
    AND b.number < e.number AND json_type(b.fields, '$.unit_id') IS NOT NULL ORDER BY b.number DESC LIMIT 1)"""
_OTHERS = {
    ("unit", "returned"): f"""SELECT u.code, count(*) FROM events e JOIN units u ON u.id = {_RETURNING}
        JOIN month m ON m.id = e.case_id WHERE e.act = 'return' AND e.at >= :begins AND e.at < :ends GROUP BY 1""",
    ("unit", "sent_back"): f"""SELECT u.code, count(DISTINCT e.case_id) FROM events e
        JOIN units u ON u.id = {_RETURNING} JOIN received m ON m.id = e.case_id WHERE e.act = 'return' GROUP BY 1""",
    ("total", "sent_back"): """SELECT '', count(DISTINCT e.case_id) FROM events e
        JOIN received m ON m.id = e.case_id WHERE e.act = 'return'""",
    ("unit", "called"): """SELECT u.code, count(DISTINCT a.case_id) FROM assignments a
        JOIN units u ON u.id = a.unit_id JOIN received m ON m.id = a.case_id WHERE a.role = 'assist' GROUP BY 1""",
    ("total", "called"): """SELECT '', count(DISTINCT a.case_id) FROM assignments a
        JOIN received m ON m.id = a.case_id WHERE a.role = 'assist'""",
    ("unit", "arrived"): """SELECT u.code, count(DISTINCT a.case_id) FROM assignments a
        JOIN units u ON u.id = a.unit_id JOIN received m ON m.id = a.case_id
        JOIN events e ON e.case_id = a.case_id AND e.number = a.arrived_event_number AND e.act = 'check_in'
        WHERE a.role = 'assist' GROUP BY 1""",
    ("charge", "taken"): """SELECT p.code, count(DISTINCT h.case_id) FROM charges h
        JOIN people p ON p.id = h.leader_id JOIN month m ON m.id = h.case_id
        WHERE h.began_at >= :begins AND h.began_at < :ends GROUP BY 1""",
    ("charge", "finished"): """SELECT p.code, count(DISTINCT h.case_id) FROM charges h
        JOIN people p ON p.id = h.leader_id JOIN month m ON m.id = h.case_id
        WHERE h.began_at >= :begins AND h.began_at < :ends AND m.status = 'CLOSED' GROUP BY 1""",
    ("charge", "late"): """SELECT p.code, count(DISTINCT h.case_id) FROM charges h
        JOIN people p ON p.id = h.leader_id JOIN month m ON m.id = h.case_id
        WHERE h.began_at >= :begins AND h.began_at < :ends AND NOT m.withdrawn AND NOT m.excluded
            AND m.status <> 'SUSPENDED' AND coalesce(m.finished_at, :now) > m.due_at GROUP BY 1""",
    ("first", "received"): """
        WITH shares AS (SELECT a.id, a.case_id, a.unit_id, a.event_number,
                coalesce(lead(a.event_number) OVER (PARTITION BY a.case_id ORDER BY a.id), 1e9) AS until
            FROM assignments a WHERE a.role = 'lead'),
        taken AS (SELECT s.*, (SELECT e.number FROM events e WHERE e.case_id = s.case_id
                AND e.number >= s.event_number AND e.number < s.until
                AND (e.act IN ('sign', 'unsign', 'solve_in_grid')
                    OR (e.act IN ('feedback', 'adopt') AND e.status_from = 'DISPATCHED'))
                ORDER BY e.number DESC LIMIT 1) AS mark,
            EXISTS (SELECT 1 FROM events e WHERE e.case_id = s.case_id AND e.act = 'return'
                AND e.number > s.event_number AND e.number <= s.until) AS sent_back FROM shares s),
        held AS (SELECT t.*, e.actor_id AS signer FROM taken t LEFT JOIN events e
            ON e.case_id = t.case_id AND e.number = t.mark AND e.act <> 'unsign')
        SELECT u.code || ':' || coalesce(p.code, ''), count(*) FROM month m
        JOIN held h ON h.case_id = m.id AND h.id = (SELECT min(o.id) FROM held o
            WHERE o.case_id = m.id AND (o.signer IS NOT NULL OR o.sent_back))
        JOIN units u ON u.id = h.unit_id LEFT JOIN people p ON p.id = h.signer
        WHERE opened_at >= :begins AND opened_at < :ends GROUP BY 1""",
    (
        "signature",
        "decided",
    ): """SELECT '', count(DISTINCT e.case_id) FROM events e JOIN month m ON m.id = e.case_id
        WHERE e.act = 'sign_off' AND e.at >= :begins AND e.at < :ends""",
    ("signature", "sent_back"): """SELECT '', count(DISTINCT e.case_id) FROM events e
        JOIN month m ON m.id = e.case_id WHERE e.act = 'sign_off' AND e.status_to = 'IN_PROGRESS'
            AND e.at >= :begins AND e.at < :ends""",
    (
        "signature",
        "late",
    ): """SELECT '', count(DISTINCT e.case_id) FROM events e JOIN month m ON m.id = e.case_id
        JOIN clocks k ON k.case_id = e.case_id AND k.step = 'signoff' AND k.stopped_event_number = e.number
        WHERE e.act = 'sign_off' AND e.at > k.target_at AND e.at >= :begins AND e.at < :ends""",
    ("source", "received"): "SELECT source, count(*) FROM received GROUP BY 1",
    ("class", "received"): "SELECT class_id, count(*) FROM received GROUP BY 1",
    ("hour", "received"): """SELECT CAST(strftime('%H', opened_at, '+8 hours') AS INTEGER), count(*)
        FROM received GROUP BY 1""",
}
_CALLS = """SELECT count(*), count(*) FILTER (WHERE s.outcome = 'reached'),
    count(*) FILTER (WHERE s.outcome = 'unreached'), count(*) FILTER (WHERE s.solved),
    count(*) FILTER (WHERE s.satisfied IS NOT NULL), count(*) FILTER (WHERE s.satisfied)
FROM spot_checks s JOIN spot_draws d ON d.id = s.draw_id JOIN month m ON m.id = s.case_id
WHERE d.day >= :first AND d.day <= :last"""


def recount(path: Path, *, begins: str, ends: str, now: str, first: str, last: str) -> Mapping[Key, int]:
    """What a database file says of the period; moments in UTC as it writes them, days local.

    Zeros are left out.
    """
    period = {"begins": begins, "ends": ends, "now": now, "first": first, "last": last}
    found: dict[Key, int] = {}
    with closing(sqlite3.connect(path)) as connection:
        _create(connection, period)
        for name, query in _FIGURES.items():
            for table, line in _BY_LINE.items():
                for code, number in connection.execute(query.format(line), period):
                    found[table, code, name] = number
        for name in _OF_BOARDS:
            town = "(SELECT t.code FROM units a JOIN units t ON t.kind = 'town' AND a.path LIKE t.path || '%'"
            town += " WHERE a.id = area_id)"
            for code, number in connection.execute(_FIGURES[name].format(town), period):
                if code is not None:
                    found["area", code, name] = number
        for (table, name), query in _OTHERS.items():
            for code, number in connection.execute(query, period):
                found[table, str(code), name] = number
        names = ("drawn", "reached", "unreached", "solved", "judged", "satisfied")
        for name, number in zip(names, connection.execute(_CALLS, period).fetchone(), strict=True):
            found["calls", "", name] = number
    return {key: number for key, number in found.items() if number}


def _create(connection: sqlite3.Connection, period: Mapping[str, str]) -> None:
    """The record as temporary tables. A view takes no parameters, so the period is written into it."""
    script = _RECORD.replace(":signed", SIGNED)
    for name, value in period.items():
        script = script.replace(f":{name}", f"'{value}'")
    connection.executescript(script)
