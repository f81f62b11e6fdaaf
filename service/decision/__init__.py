"""From checked facts to decisions with their traces."""
