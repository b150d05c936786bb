{#- The windows of each row, one row each, side by side: the columns that rolling_columns promises. -#}
{% macro duckdb_rolling_side_by_side(relation) %}
select
    {%- for name in duckdb_rolling_bar() %}
    w5.{{ name }},
    {%- endfor %}
    {%- for days in alpha158_windows() %}
    {%- set suffix = '_' ~ days %}
    {%- for name in rolling_column_names() if suffix in name %}
    w{{ days }}.{{ name | replace(suffix, '_days') }} as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ relation }} as w5
{%- for days in alpha158_windows()[1:] %}
inner join {{ relation }} as w{{ days }}
    on w5.ticker = w{{ days }}.ticker and w5.dt = w{{ days }}.dt and w{{ days }}.days = {{ days }}
{%- endfor %}
where w5.days = 5
{%- endmacro %}
