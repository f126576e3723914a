"""Every Chinese sentence the bot says, one module an audience.

Functions are named after the event or the answer whose text they return. `CaseView` is the case as
the audience may see it: local times, names instead of ids, texts already masked. Texts are one
message each, in the small markdown that every channel understands.
"""
