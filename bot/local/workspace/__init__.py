"""A local Slack workspace: it speaks Slack's Web API and Socket Mode, so a bot on a laptop cannot tell the difference.

`server.Workspace` is the whole of it, `person.Person` is somebody sitting at it, `page/` is what they see in a browser.
It knows nothing of the bot it serves beyond its manifest.
"""
