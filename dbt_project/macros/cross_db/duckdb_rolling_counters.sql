{#- What is counted: name, condition on the row {k} rows ago. A count of at most 60 fits six bits, so
    one bigint carries them all, the first in the lowest bits. -#}
{% macro duckdb_rolling_counters() %}
    {{- return({
        'moves': 'move_{k} is not null',
        'close_changes': 'close_change_{k} is not null',
        'volume_changes': 'volume_change_{k} is not null',
        'volume_ratios': 'volume_ratio_{k} is not null',
        'rises': 'coalesce(close_change_{k} > 0, false)',
        'falls': 'coalesce(close_change_{k} < 0, false)',
    }) -}}
{% endmacro %}
