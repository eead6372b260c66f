"""What every HTTP door stands on: authentication, parsing, answers, streams, and the application itself."""
