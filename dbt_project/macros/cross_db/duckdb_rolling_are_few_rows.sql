{#- Whether this build computes so few rows that planning all their windows side by side would take
    longer than computing each in a row of its own. The count is an upper bound: changed tickers times
    the trading days after the change. -#}
{% macro duckdb_rolling_are_few_rows() %}
    {%- if not (execute and is_incremental()) -%}{{- return(false) -}}{%- endif -%}
    {%- set counted = run_query(
        'select count(*) from (' ~ changes_since_last_build() ~ ') as changes '
        ~ 'inner join ' ~ ref('int_trading_days') ~ ' as days on changes.after_dt < days.dt and days.is_open'
    ) -%}
    {{- return(counted.columns[0].values()[0] < var('few_new_rows')) -}}
{% endmacro %}
