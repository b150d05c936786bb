{#- Whether a row's five is part of a new row's windows. A context row's is, if a new row comes a
    multiple of five rows later. -#}
{% macro duckdb_rolling_is_kept() -%}
    (count(*) over by_ticker - row_number() over by_day) % 5
    < count(*) filter (where not is_context) over by_ticker
{%- endmacro %}
