"""The names under which sessions and connections keep things beside their rows (`.info`): all of them."""

LOADED = "gridbot.loaded"
"""Session: every object it loaded, held on to until it ends (`models.database`)."""
DEFERRED = "gridbot.deferred"
"""Connection, and the session that uses it: rows put aside to be written together
(`models.deferred_insert`)."""
CHANGED = "gridbot.changed"
"""Session: objects changed while their rows are not, which a rollback would leave as they are
(`models.deferred_insert`)."""
SHARED_LOCK = "gridbot.shared_lock"
"""Connection: its transaction holds a row that transactions of others want as well (`models.database`)."""
CACHE = "gridbot.cache"
"""Session: what was looked up in its transaction (`handlers.environment.session_cache`).

Forgotten when the transaction or a savepoint of it is rolled back: what it says may be undone.
"""
KEPT_CLOCKS = "gridbot.kept_clocks"
"""Session: clocks of a case that is just being opened, by its id: not stored yet (`handlers.clocks`)."""
