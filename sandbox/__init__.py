"""A WeCom on your own machine.

An HTTP and WebSocket server that answers like the platform does (AI bot gateway, callbacks, group
webhooks) and a browser page with the groups side by side. It shares no code with the bot, so that a
misreading of the protocol in one of them shows up as a disagreement.
"""
