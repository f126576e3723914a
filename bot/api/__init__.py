"""The integration API (design §7) and the pages for operations; `routes` puts them together.

Nothing is imported here: a process without the API answers `operations` and loads nothing else of it.
"""
