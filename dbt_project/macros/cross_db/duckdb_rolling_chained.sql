{#- Each row with the twelve fives of its last 60 rows: every fifth row back, and where context rows
    were left out (duckdb_rolling_is_kept), the next one of those that lie a multiple of five apart.
    Context rows have served their purpose here. -#}
{% macro duckdb_rolling_chained(relation) %}
{%- set no_five = duckdb_rolling_no_five() %}
{%- set rows_apart = 1 if is_incremental() else 5 %}
with

side_by_side as (
    select
        *,
        {%- for k in range(1, 12) %}
        lag(five_0, {{ rows_apart * k }}, {{ no_five }}) over by_fives as five_{{ 5 * k }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    where is_kept
    window by_fives as (partition by ticker{{ ', row_number % 5' if is_incremental() }} order by dt)
)

select * from side_by_side
where not is_context
{%- endmacro %}
