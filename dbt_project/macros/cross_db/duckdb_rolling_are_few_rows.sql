{#- Whether this build computes so few rows, at most so many for sure, that planning their windows would
    take longer than computing them one row each. -#}
{% macro duckdb_rolling_are_few_rows() %}
    {%- if not (execute and is_incremental()) -%}{{- return(false) -}}{%- endif -%}
    {%- set counted = run_query(
        'select count(*) from (' ~ changes_since_last_build() ~ ') as changes '
        ~ 'inner join ' ~ ref('int_trading_days') ~ ' as days on changes.after_dt < days.dt and days.is_open'
    ) -%}
    {{- return(counted.columns[0].values()[0] < var('few_new_rows')) -}}
{% endmacro %}
