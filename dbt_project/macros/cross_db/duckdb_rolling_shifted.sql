{#- The fives about the window's reference in place of their own (duckdb_rolling_moved). -#}
{% macro duckdb_rolling_shifted(relation) %}
select
    * replace (
        {%- for rows in range(0, 60, 5) %}
        {%- set moved = duckdb_rolling_moved('five_' ~ rows ~ '_', 'close_shift_' ~ rows, rows) %}
        {%- for name, term in moved.items() if name in duckdb_rolling_terms() %}
        {{ term }} as five_{{ rows }}_{{ name }}{{ ',' if not loop.last }}
        {%- endfor %}{{ ',' if not loop.last }}
        {%- endfor %}
    ),
    {%- for days in alpha158_windows() if days <= 10 %}
    {{ duckdb_rolling_quantiles(days) }} as close_quantiles_{{ days }},
    {%- endfor %}
    {%- for rows in range(0, 60, 5) %}
    {%- set moved = duckdb_rolling_moved('five_' ~ rows ~ '_', 'close_shift_' ~ rows, rows) %}
    {{ moved['higher_closes'] }} as five_{{ rows }}_higher_closes{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }}
{%- endmacro %}
