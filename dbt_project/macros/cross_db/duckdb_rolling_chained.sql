{#- Each row with the twelve fives of its last 60 rows, field by field (a later select that names fields
    of structs is planned for longer than one that names columns), and what else it asks. -#}
{% macro duckdb_rolling_chained(relation) %}
{%- set asked = duckdb_rolling_asked(by_rows=false) %}
with

side_by_side as (
    select
        *,
        {%- for name, expression in asked.items() %}
        {{ expression }} as {{ name }},
        {%- endfor %}
        {%- for rows in range(5, 60, 5) %}
        lag(five_0, {{ rows }}, {{ duckdb_rolling_no_five() }}) over by_day as five_{{ rows }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}
    window by_day as (partition by ticker order by dt)
)

select
    {%- for name in duckdb_rolling_bar() %}
    {{ name }},
    {%- endfor %}
    {%- for name in asked %}
    {{ name }},
    {%- endfor %}
    {%- for rows in range(0, 60, 5) %}
    {%- for field in duckdb_rolling_five_fields() %}
    five_{{ rows }}.{{ field }} as five_{{ rows }}_{{ field }}{{ ',' if not loop.last }}
    {%- endfor %}{{ ',' if not loop.last }}
    {%- endfor %}
from side_by_side
where not is_context
{%- endmacro %}
