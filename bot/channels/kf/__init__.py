"""微信客服: residents with ordinary WeChat, one to one, by a link or QR code (wecom-external.md B)."""
