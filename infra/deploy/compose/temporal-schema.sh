#!/bin/sh
# Creates or upgrades Temporal's two databases. May run any number of times.
set -eu

for name in temporal visibility; do
  case $name in
    temporal) db=temporal ;;
    *) db=temporal_$name ;;
  esac
  tool="temporal-sql-tool --plugin $DB --ep $POSTGRES_SEEDS --port $DB_PORT --user $POSTGRES_USER --db $db"
  $tool create
  # Fails where the schema has a version already, which the update below then finds.
  $tool setup-schema --version 0.0 || true
  $tool update-schema --schema-dir "/etc/temporal/schema/postgresql/v12/$name/versioned"
done
