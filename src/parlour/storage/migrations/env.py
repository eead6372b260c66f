"""Alembic's entry: renders the SQL of the migrations; see the package's docstring."""

from alembic import context

context.configure(dialect_name="postgresql", transactional_ddl=False, literal_binds=True)
context.run_migrations()
