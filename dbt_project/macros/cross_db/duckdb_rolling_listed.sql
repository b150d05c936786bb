{#- Each new row with the fives of its last 60 rows as a list, oldest first; before a ticker's first row
    there are none. Context rows have served their purpose here. -#}
{% macro duckdb_rolling_listed(relation) %}
with

kept as materialized (
    select * from {{ relation }}
    where is_kept
)

select
    {%- for name in duckdb_rolling_bar() %}
    new.{{ name }},
    {%- endfor %}
    {%- for name in duckdb_rolling_asked(by_rows=true) if name != 'is_kept' %}
    new.{{ name }},
    {%- endfor %}
    list(kept.five_0 order by kept.dt) as fives
from kept as new
inner join kept
    on new.ticker = kept.ticker
    and new.row_number % 5 = kept.row_number % 5
    and kept.row_number between new.row_number - 55 and new.row_number
where not new.is_context
group by all
{%- endmacro %}
