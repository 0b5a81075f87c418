#!/bin/sh
# Lets a user of Kafka do all that the services do and nothing more. Arguments are those of kafka-acls.sh that say where Kafka is
# and who may grant: --bootstrap-server kafka:9092 --command-config admin.properties
#   PRINCIPAL     default User:baton
#   KAFKA_PREFIX  as for the services
set -eu
allow() { kafka-acls.sh "$@" --add --allow-principal "${PRINCIPAL:-User:baton}" --resource-pattern-type prefixed; }

# Services make their topics themselves and widen them; a dead letter that is redriven goes back to where it came from.
allow "$@" --topic "${KAFKA_PREFIX:-}huleedu." --operation Read --operation Write --operation Create --operation Alter \
  --operation DescribeConfigs --operation AlterConfigs
# Groups that read a topic once are removed afterwards.
allow "$@" --group "${KAFKA_PREFIX:-}baton-" --operation Read --operation Delete
