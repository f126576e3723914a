-- The figures of a month once more, in plain SQL (SQLite) from what happened: events, shares, words, calls.
--
-- Not from the columns of a case, which cache its events, nor by the program's functions. By domain standards
-- §9 (the three rates) and §11.1 (what is counted):
--
--   received    opened in the month; without what was refused, voided or merged, and apart from it what its
--               reporter took back
--   answered    the result handed in since it was last taken up reached the reporter: accepted by a channel,
--               told by telephone, or judged. Tried in vain is no answer
--   solved, satisfied   of those rated, by the reporter's last word. Automatic closing says nothing; what was
--               called solved and reopened says nothing either, until it is rated again
--   due         its limit is over or its result is in; what is suspended is deferred
--   on time     its result was handed in, or it was closed, by the limit
--   overdue     its time runs and is over: not suspended, not handed in, not taken back
--   in grid     solved by the grid, and no unit sent since
--   first       who first took up or sent back what their unit was given; a signature that was taken back took
--               up nothing
--
-- The table `period` holds one row: begins, ends, now (UTC, as the database writes them), first, last (local
-- days). Each query after `-- table:` gives the lines of a table: its first column names the line.

-- Times are spelt as the columns are, a whole second with its zeros: compared as text, what comes at the very
-- stroke of a limit or of the month would else be before it.
CREATE TEMP TABLE values_set AS
    SELECT e.case_id, e.number, j.key, CASE WHEN j.key IN ('due_at', 'opened_at')
        THEN substr(replace(replace(j.value, 'T', ' '), '+00:00', '') || '.000000', 1, 26) ELSE j.value END AS value
    FROM events e, json_each(e.fields) j
    WHERE j.key IN ('unit_id', 'area_id', 'class_id', 'source', 'withdrawal', 'restricted', 'due_at', 'opened_at');
CREATE INDEX temp.ix_values_set ON values_set (case_id, key, number);
-- Of each case what its events set last.
CREATE TEMP VIEW latest AS
    SELECT v.case_id, v.key, v.value FROM values_set v WHERE v.number = (SELECT max(o.number)
        FROM values_set o WHERE o.case_id = v.case_id AND o.key = v.key);
CREATE TEMP TABLE record AS
    SELECT c.id,
        max(CASE l.key WHEN 'unit_id' THEN l.value END) AS unit_id,
        max(CASE l.key WHEN 'area_id' THEN l.value END) AS area_id,
        max(CASE l.key WHEN 'class_id' THEN l.value END) AS class_id,
        max(CASE l.key WHEN 'source' THEN l.value END) AS source,
        coalesce(max(CASE l.key WHEN 'withdrawal' THEN l.value END) = 'stops', 0) AS withdrawn,
        max(CASE l.key WHEN 'restricted' THEN l.value END) AS restricted,
        max(CASE l.key WHEN 'due_at' THEN l.value END) AS due_at,
        max(CASE l.key WHEN 'opened_at' THEN l.value END) AS opened_at,
        -- The last time that a result was refused, or the case taken up again.
        coalesce((SELECT max(e.number) FROM events e WHERE e.case_id = c.id
            AND e.status_from IN ('SUBMITTED', 'CALLBACK', 'CLOSED', 'DUPLICATE')
            AND e.status_to IN ('IN_PROGRESS', 'ACCEPTED')), 0) AS restarted
    FROM cases c JOIN latest l ON l.case_id = c.id GROUP BY c.id;
CREATE TEMP TABLE month AS
    SELECT r.*, u.code AS unit, g.id AS rating, g.solved, g.satisfied,
        (SELECT t.code FROM units a JOIN units t ON t.kind = 'town' AND a.path LIKE t.path || '%'
            WHERE a.id = r.area_id) AS town,
        (SELECT e.status_to FROM events e WHERE e.case_id = r.id ORDER BY e.number DESC LIMIT 1) AS status,
        -- When its result was handed in, else when it ended.
        coalesce((SELECT max(e.at) FROM events e WHERE e.case_id = r.id AND e.number > r.restarted
                AND e.status_from IN ('NEW', 'ACCEPTED', 'DISPATCHED', 'IN_PROGRESS')
                AND e.status_to IN ('SUBMITTED', 'CALLBACK')),
            (SELECT max(e.at) FROM events e WHERE e.case_id = r.id AND e.number > r.restarted
                AND e.status_to = 'CLOSED' AND e.status_from <> 'CLOSED')) AS finished_at,
        EXISTS (SELECT 1 FROM events e WHERE e.case_id = r.id AND e.number > r.restarted
            AND (e.act = 'deliver_answer' OR (e.act = 'rate' AND e.status_to = 'CLOSED')
                OR (e.act = 'call_back' AND e.text LIKE '联系上%'))) AS answered,
        (SELECT count(*) FROM events e WHERE e.case_id = r.id AND e.status_from IN ('SUBMITTED', 'CALLBACK')
            AND e.status_to IN ('IN_PROGRESS', 'ACCEPTED')) AS reworks,
        EXISTS (SELECT 1 FROM events e WHERE e.case_id = r.id AND e.act = 'reopen' AND e.status_from = 'CLOSED')
            AS reopened,
        -- The county has petitions and neighbours' disputes signed: nothing of them counts before.
        EXISTS (SELECT 1 FROM events e WHERE e.case_id = r.id AND e.act = 'solve_in_grid'
            AND NOT EXISTS (SELECT 1 FROM events o WHERE o.case_id = r.id AND o.number > e.number
                AND o.act IN ('assign', 'pass_on', 'arbitrate', 'reopen'))
            AND ((r.source <> '信访' AND r.class_id <> 'civil.neighbor')
                OR EXISTS (SELECT 1 FROM events s WHERE s.case_id = r.id AND s.number > e.number
                    AND s.act = 'sign_off' AND s.status_to = 'CALLBACK'))) AS in_grid,
        EXISTS (SELECT 1 FROM sign_offs s WHERE s.case_id = r.id AND s.decided_at IS NULL) AS unsigned
    FROM record r LEFT JOIN units u ON u.id = r.unit_id
        LEFT JOIN ratings g ON g.id = (SELECT max(l.id) FROM ratings l WHERE l.case_id = r.id)
            AND NOT (g.solved AND EXISTS (SELECT 1 FROM events e WHERE e.case_id = r.id AND e.act = 'reopen'
                AND e.status_from = 'CLOSED' AND e.at > g.at))
    WHERE NOT r.restricted;
CREATE TEMP VIEW cohort AS
    SELECT m.*, m.status IN ('REJECTED', 'VOID', 'DUPLICATE') AS excluded
    FROM month m, period p WHERE m.opened_at >= p.begins AND m.opened_at < p.ends;
CREATE TEMP VIEW received AS
    SELECT c.*, c.due_at IS NOT NULL AND c.status <> 'SUSPENDED'
        AND (c.finished_at IS NOT NULL OR c.due_at < p.now) AS due
    FROM cohort c, period p WHERE NOT c.withdrawn AND NOT c.excluded;
CREATE TEMP VIEW counted AS
    SELECT *, 1 AS received, rating IS NOT NULL AS rated, solved IS 1 AS is_solved,
        satisfied IS NOT NULL AS judged, satisfied IS 1 AS is_satisfied,
        status = 'CLOSED' AND rating IS NULL AS unrated, due AND finished_at <= due_at AS on_time,
        reworks > 0 AS redone FROM received;
-- Orders that were returned, and by which unit: the one that had the case before.
CREATE TEMP TABLE returned AS
    SELECT e.case_id, e.at, u.code AS unit FROM events e JOIN units u ON u.id = (SELECT v.value FROM values_set v
        WHERE v.case_id = e.case_id AND v.key = 'unit_id' AND v.number < e.number ORDER BY v.number DESC LIMIT 1)
    WHERE e.act = 'return';
-- Whose signature holds on each lead share, and whether it was sent back.
CREATE TEMP TABLE held AS
    WITH shares AS (SELECT a.id, a.case_id, a.unit_id, a.event_number,
            coalesce(lead(a.event_number) OVER (PARTITION BY a.case_id ORDER BY a.id), 1e9) AS until
        FROM assignments a WHERE a.role = 'lead')
    SELECT s.id, s.case_id, s.unit_id,
        (SELECT CASE e.act WHEN 'unsign' THEN NULL ELSE e.actor_id END FROM events e WHERE e.case_id = s.case_id
            AND e.number >= s.event_number AND e.number < s.until
            AND (e.act IN ('sign', 'unsign', 'solve_in_grid')
                OR (e.act IN ('feedback', 'adopt') AND e.status_from = 'DISPATCHED'))
            ORDER BY e.number DESC LIMIT 1) AS signer,
        EXISTS (SELECT 1 FROM events e WHERE e.case_id = s.case_id AND e.act = 'return'
            AND e.number > s.event_number AND e.number <= s.until) AS sent_back FROM shares s;

-- table: unit
SELECT coalesce(unit, ''), count(*) AS received, sum(answered) AS answered, sum(rated) AS rated,
    sum(is_solved) AS solved, sum(judged) AS judged, sum(is_satisfied) AS satisfied, sum(unrated) AS unrated,
    sum(due) AS due, sum(on_time) AS on_time, sum(in_grid) AS in_grid, sum(redone) AS redone,
    sum(reopened) AS reopened, sum(reworks) AS reworked FROM counted GROUP BY 1;
-- table: total
SELECT '', count(*) AS received, sum(answered) AS answered, sum(rated) AS rated, sum(is_solved) AS solved,
    sum(judged) AS judged, sum(is_satisfied) AS satisfied, sum(unrated) AS unrated, sum(due) AS due,
    sum(on_time) AS on_time, sum(in_grid) AS in_grid, sum(redone) AS redone, sum(reopened) AS reopened,
    sum(reworks) AS reworked FROM counted;
-- table: area
SELECT town, count(*) AS received, sum(answered) AS answered, sum(rated) AS rated, sum(is_solved) AS solved,
    sum(judged) AS judged, sum(is_satisfied) AS satisfied, sum(due) AS due, sum(on_time) AS on_time,
    sum(in_grid) AS in_grid FROM counted WHERE town IS NOT NULL GROUP BY 1;
-- table: unit
SELECT coalesce(unit, ''), sum(excluded AND NOT withdrawn) AS excluded, sum(withdrawn) AS withdrawn
FROM cohort GROUP BY 1;
-- table: total
SELECT '', sum(excluded AND NOT withdrawn) AS excluded, sum(withdrawn) AS withdrawn FROM cohort;
-- table: unit
SELECT coalesce(unit, ''), count(*) AS overdue FROM month, period WHERE NOT withdrawn AND due_at < now
    AND (status IN ('NEW', 'ACCEPTED', 'DISPATCHED', 'IN_PROGRESS') OR unsigned) GROUP BY 1;
-- table: total
SELECT '', count(*) AS overdue FROM month, period WHERE NOT withdrawn AND due_at < now
    AND (status IN ('NEW', 'ACCEPTED', 'DISPATCHED', 'IN_PROGRESS') OR unsigned);
-- table: unit
SELECT r.unit, count(*) AS returned FROM returned r JOIN month m ON m.id = r.case_id, period p
WHERE r.at >= p.begins AND r.at < p.ends GROUP BY 1;
-- table: total
SELECT '', count(*) AS returned FROM returned r JOIN month m ON m.id = r.case_id, period p
WHERE r.at >= p.begins AND r.at < p.ends;
-- table: unit
SELECT r.unit, count(DISTINCT r.case_id) AS sent_back FROM returned r JOIN received m ON m.id = r.case_id GROUP BY 1;
-- table: total
SELECT '', count(DISTINCT r.case_id) AS sent_back FROM returned r JOIN received m ON m.id = r.case_id;
-- table: unit
SELECT u.code, count(DISTINCT a.case_id) AS called,
    count(DISTINCT CASE WHEN e.act = 'check_in' THEN a.case_id END) AS arrived
FROM assignments a JOIN units u ON u.id = a.unit_id JOIN received m ON m.id = a.case_id
    LEFT JOIN events e ON e.case_id = a.case_id AND e.number = a.arrived_event_number
WHERE a.role = 'assist' GROUP BY 1;
-- table: total
SELECT '', count(DISTINCT a.case_id) AS called,
    count(DISTINCT CASE WHEN e.act = 'check_in' THEN a.case_id END) AS arrived
FROM assignments a JOIN received m ON m.id = a.case_id
    LEFT JOIN events e ON e.case_id = a.case_id AND e.number = a.arrived_event_number
WHERE a.role = 'assist';
-- table: charge
SELECT p.code, count(DISTINCT h.case_id) AS taken,
    count(DISTINCT CASE WHEN m.status = 'CLOSED' THEN m.id END) AS finished,
    count(DISTINCT CASE WHEN NOT m.withdrawn AND m.status NOT IN ('REJECTED', 'VOID', 'DUPLICATE', 'SUSPENDED')
        AND coalesce(m.finished_at, d.now) > m.due_at THEN m.id END) AS late
FROM charges h JOIN people p ON p.id = h.leader_id JOIN month m ON m.id = h.case_id, period d
WHERE h.began_at >= d.begins AND h.began_at < d.ends GROUP BY 1;
-- table: first
SELECT u.code || ':' || coalesce(p.code, ''), count(*) AS received,
    sum(m.unit_id IS NULL OR m.unit_id <> h.unit_id) AS passed, sum(m.status = 'CLOSED') AS finished
FROM cohort m JOIN held h ON h.id = (SELECT min(o.id) FROM held o WHERE o.case_id = m.id
        AND (o.signer IS NOT NULL OR o.sent_back))
    JOIN units u ON u.id = h.unit_id LEFT JOIN people p ON p.id = h.signer GROUP BY 1;
-- table: signature
SELECT '', count(DISTINCT e.case_id) AS decided,
    count(DISTINCT CASE WHEN e.status_to = 'IN_PROGRESS' THEN e.case_id END) AS sent_back,
    count(DISTINCT CASE WHEN e.at > k.target_at THEN e.case_id END) AS late
FROM events e JOIN month m ON m.id = e.case_id
    LEFT JOIN clocks k ON k.case_id = e.case_id AND k.step = 'signoff' AND k.stopped_event_number = e.number, period p
WHERE e.act = 'sign_off' AND e.at >= p.begins AND e.at < p.ends;
-- table: calls
SELECT '', count(*) AS drawn, sum(s.outcome IS 'reached') AS reached, sum(s.outcome IS 'unreached') AS unreached,
    sum(s.solved IS 1) AS solved, sum(s.satisfied IS NOT NULL) AS judged, sum(s.satisfied IS 1) AS satisfied
FROM spot_checks s JOIN month m ON m.id = s.case_id WHERE s.id IN (SELECT max(o.id) FROM spot_checks o
    JOIN spot_draws d ON d.id = o.draw_id, period p WHERE d.day BETWEEN p.first AND p.last GROUP BY o.case_id);
-- table: source
SELECT source, count(*) AS received FROM received GROUP BY 1;
-- table: class
SELECT class_id, count(*) AS received FROM received GROUP BY 1;
-- table: hour
SELECT CAST(strftime('%H', opened_at, '+8 hours') AS INTEGER), count(*) AS received FROM received GROUP BY 1;
