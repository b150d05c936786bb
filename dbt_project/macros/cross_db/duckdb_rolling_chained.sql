{#- Each row with the twelve fives of its last 60 rows, field by field: a later select that names fields
    of structs is planned for longer than one that names columns. Of thinned context
    (duckdb_rolling_is_kept) the five before is the row before among those a multiple of five apart; of
    whole history, which is faster, five rows back. Context rows have served their purpose here. -#}
{% macro duckdb_rolling_chained(relation) %}
{%- set no_five = duckdb_rolling_no_five() %}
{%- set is_thinned = is_incremental() %}
with

side_by_side as (
    select
        *,
        {%- for k in range(1, 12) %}
        lag(five_0, {{ k if is_thinned else 5 * k }}, {{ no_five }}) over by_fives as five_{{ 5 * k }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    where is_kept
    window by_fives as (partition by ticker{{ ', row_number % 5' if is_thinned }} order by dt)
)

select
    ticker,
    dt,
    open,
    high,
    low,
    close,
    volume,
    vwap,
    row_number,
    close_ref,
    {%- for days in alpha158_windows() %}
    {%- for name in duckdb_rolling_asked(days) %}
    {{ name }},
    {%- endfor %}
    {%- endfor %}
    {%- for rows in range(0, 60, 5) %}
    {%- for field in duckdb_rolling_five_fields() %}
    five_{{ rows }}.{{ field }} as five_{{ rows }}_{{ field }}{{ ',' if not loop.last }}
    {%- endfor %}{{ ',' if not loop.last }}
    {%- endfor %}
from side_by_side
where not is_context
{%- endmacro %}
