"""Business time: calendars, their holidays, and counts of open time. Nothing here reads the machine's clock."""
