"""What SQL functions do: a function that is not known to read may change something."""

import re

from runward.runbooks.programs.rules import Effect, changes, destroys, reads
from runward.runbooks.shell.options import words_of

_ENDING = {
    "pg_terminate_backend": "pg_terminate_backend ends sessions",
    "pg_promote": "pg_promote cannot be taken back",
    "pg_drop_replication_slot": "it drops a replication slot",
    "lo_unlink": "lo_unlink deletes a large object",
    "pg_stat_statements_reset": "it throws statistics away",
    "pg_stat_reset": "it throws statistics away",
    "pg_stat_reset_shared": "it throws statistics away",
    "pg_stat_reset_single_table_counters": "it throws statistics away",
    "pg_logical_slot_get_changes": "it consumes changes that are then gone",
    "drop_chunks": "drop_chunks deletes data",
    "dblink_exec": "dblink_exec runs SQL elsewhere",
}
_FAMILIES = re.compile(
    r"(?:pg_(?:stat_get|get|size|is|last|current|ls|column|database|table|total|relation|indexes|tablespace|has_role|show|typeof"
    r"|postmaster|conf_load|blocking_pids|safe_snapshot|encoding|char_to|client_encoding|describe|identify|my_temp|listening|notification_queue"
    r"|trigger_depth|isolation|xact|snapshot|visible|control|wal_lsn|walfile|wal_summary|available|read_file|read_binary_file|stat_file|filenode"
    r"|index_column|indexam|opclass|options|partition_tree|partition_root|partition_ancestors|sequence_last|function_is|operator_is"
    r"|type_is|collation_is|ts_\w+_is|statistics_obj|backend_pid|backend_memory|hba_file|ident_file|lock_status|prepared|cursor|timezone"
    r"|logical_slot_peek|buffercache|freespace|relpages|wal_replay_is)\w*"
    r"|has_\w+_privilege|(?:json|jsonb|array|string|regexp|to|date|time|make|bool|bit|row|xml|hstore|num_nonnulls|stddev|var|regr|corr|covar"
    r"|percentile|percent|cume|st|host|inet|mac|generate|trunc|timestamp|ts|unix|utc|current|sys|from|day|week|month|year|last|approx|arg|group"
    r"|pgstat|bt|heap|gin|brin|get|find|is|num|object|type|schema|col|server)_\w+"
    r"|(?:to|is|array|map|arr|json|string|date|uniq|count|sum|avg|any|min|max|quantile|format|parse|toStartOf)[A-Z]\w*)"
)
# Names in those families that act all the same, and others that are often called.
_ACTING = re.compile(
    r"pg_create_\w+|pg_(?:reload_conf|rotate_logfile|switch_wal|switch_xlog|cancel_backend|advisory\w*|try_advisory\w*"
    r"|wal_replay_(?:pause|resume)|replication_\w+|backup_start|backup_stop|start_backup|stop_backup|export_snapshot|notify|file_\w+"
    r"|import_system_collations|log_backend_memory_contexts|logical_emit_message|logical_slot_get\w*|prewarm|repack\w*|truncate_\w+)"
    r"|query_to_\w+|cursor_to_\w+|dblink\w*|lo_\w+|nextval|setval|set_config|get_lock|release_\w*lock\w*|sys_exec|sys_eval|xp_\w+|sp_\w+"
    r"|load_extension|edit|writefile|ts_rewrite|ts_stat|pg_stat_reset\w*|heap_force_\w+"
    r"|host_cmd|object_delete\w*|server_exec\w*|from_cmd|find_and_\w+|get_or_create\w*|get_and_\w+|group_replication_\w+"
    r"|last_insert_\w+|row_delete\w*|to_file\w*|string_exec\w*|col_delete\w*|type_delete\w*"
)
_READING = words_of(
    """
    abs acos age ascii asin atan atan2 avg btrim cardinality cast cbrt ceil ceiling char_length character_length chr
    clock_timestamp coalesce collation concat concat_ws convert_from convert_to cos cot count cume_dist current_database
    current_date current_query current_role current_schema current_schemas current_setting current_time current_timestamp
    current_user currval datediff dateadd date date_part date_trunc day dayofmonth dayofweek decode degrees dense_rank div
    encode enum_range every exp extract first_value floor format format_type getdate greatest grouping hashtext hex hour
    ifnull iif inet_client_addr inet_server_addr inet_server_port inet_aton inet_ntoa initcap instr isfinite isnull
    jsonb_path_query json_extract justify_days justify_hours justify_interval lag last_value lastval lcase lead least left
    len length ln localtime localtimestamp locate log log10 log2 lower lpad ltrim max md5 mid min minute mod mode month now
    nth_value ntile nullif num_nulls nvl nvl2 octet_length overlay pg_backend_pid pg_blocking_pids pg_sleep pi position pow
    power quarter quote_ident quote_literal quote_nullable radians random rank regexp_match regexp_matches regexp_replace
    regexp_split_to_array regexp_split_to_table replace repeat reverse right round row_number rpad rtrim second session_user
    setseed sha256 sha512 sha1 sha2 shobj_description obj_description col_description sign similarity sin split_part sqrt
    stddev strftime starts_with statement_timestamp string_agg array_agg json_agg jsonb_agg bool_and bool_or strpos
    str_to_date strcmp subdate substr substring substring_index sum sysdate tan text timediff timeofday to_char to_date
    to_number to_timestamp to_json to_jsonb to_regclass transaction_timestamp translate trim trunc truncate_number
    txid_current txid_current_if_assigned txid_current_snapshot unnest upper ucase user uuid_generate_v4 gen_random_uuid uuid
    newid values variance version weekday width_bucket year generate_series generate_subscripts group_concat listagg
    json_each json_tree connection_id database schema found_rows row_count last_insert_id sleep if field elt bin oct conv
    char unhex compress uncompress crc32 format_bytes format_pico_time sys_context userenv to_clob printf quote typeof total
    unicode zeroblob julianday datetime unixepoch time pgstattuple pgstatindex pgstattuple_approx bt_index_check
    verify_heapam amcheck pg_typeof pgp_sym_decrypt crypt digest hmac gen_salt bit_length bit_and bit_or int4range int8range
    numrange tsrange tstzrange daterange lower_inf upper_inf isempty range_merge box point circle polygon json jsonb xmlagg
    xmlelement xmlforest array_length array_position array_remove array_append cidr inet network netmask masklen family
    broadcast hypertable_size chunks_detailed_size hypertable_detailed_size show_chunks time_bucket first last histogram
    interpolate locf delta rate increase formatReadableSize formatReadableQuantity toDateTime toDate toString toStartOfHour
    uniq uniqExact quantile quantiles countIf sumIf avgIf today yesterday object_name object_id db_name db_id schema_name
    suser_name host_name isnumeric try_cast try_convert convert getutcdate sysdatetime datepart datename timestampdiff
    timestampadd adddate addtime curdate curtime utc_timestamp from_unixtime unix_timestamp maketime makedate period_diff
    sec_to_time time_to_sec
    """
)


def function_effect(name: str) -> Effect:
    """What calling this function does."""
    if name in _ENDING:
        return destroys(_ENDING[name])
    if name == "pg_cancel_backend":
        return changes("pg_cancel_backend stops what a session is doing")
    if _ACTING.fullmatch(name):
        return changes(f"{name}() changes something")
    if name in _READING or _FAMILIES.fullmatch(name):
        return reads()
    return changes(f"nothing is known of the function {name}(), so it may change something")
