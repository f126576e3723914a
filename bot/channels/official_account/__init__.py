"""公众号/服务号: residents with ordinary WeChat, one to one (protocols: wechat-official-account)."""
