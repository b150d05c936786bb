{#- Condition on a row's ticker that divides a full build into shares, which PostgreSQL's workers
    compute side by side: postgres__create_table_as puts the number of one in the place of all. To
    be used where all that a row depends on belongs to its ticker. -#}
{% macro is_in_share(ticker) -%}
    {{- return(adapter.dispatch('is_in_share', 'mlx')(ticker)) -}}
{%- endmacro %}


{% macro default__is_in_share(ticker) -%}
    {%- if is_incremental() -%}
    true
    {%- else -%}
    coalesce(hashtext({{ ticker }}) & {{ number_of_shares() - 1 }} = any({{ all_shares() }}), false)
    {%- endif -%}
{%- endmacro %}


{% macro duckdb__is_in_share(ticker) -%}
    true
{%- endmacro %}


{#- As is_in_share, by stretches of days; in a select over the days. -#}
{% macro is_day_in_share(dt) -%}
    {{- return(adapter.dispatch('is_day_in_share', 'mlx')(dt)) -}}
{%- endmacro %}


{% macro default__is_day_in_share(dt) -%}
    ntile({{ number_of_shares() }}) over (order by {{ dt }}) - 1 = any({{ all_shares() }})
{%- endmacro %}


{% macro duckdb__is_day_in_share(dt) -%}
    true
{%- endmacro %}


{% macro number_of_shares() %}
    {{- return(8) -}}
{% endmacro %}


{% macro all_shares() -%}
    cast('{ {{- range(number_of_shares()) | join(',') -}} }' as integer[])
{%- endmacro %}
