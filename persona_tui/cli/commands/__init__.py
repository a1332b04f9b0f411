"""One file a command, imported when it is called. A trailing underscore keeps Python's own words free."""
