"""What a persona is. Pure: nothing here reads a file, opens a socket or looks at a clock."""
