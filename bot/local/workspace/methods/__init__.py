"""The Web API's methods: `table.METHODS` names them all, with the scopes, token and tier each asks for."""
