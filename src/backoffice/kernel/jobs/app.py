"""The procrastinate application: where jobs are declared and, inside a write, deferred."""

import procrastinate

queue = procrastinate.App(connector=procrastinate.PsycopgConnector())
