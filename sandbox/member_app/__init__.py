"""企业微信自建应用, from the platform's side: tokens, interfaces, callbacks (wecom-app.md)."""
