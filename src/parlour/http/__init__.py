"""The floor below everything that is served over HTTP: who calls, what was sent, how answers look."""
