{#- The relation's columns as arrays, one row per ticker, element i = the ticker's i-th day.
    `columns` is a list of [name, expression]; expressions must not be NULL: in an array that
    holds NULLs PostgreSQL finds an element by counting from the first. -#}
{% macro array_columns(relation, columns) %}
select
    ticker,
    cast(count(*) as integer) as days_in_all,
    cast(count(*) filter (where is_context) as integer) as context_days,
    array_agg(dt) as dt,
    {%- for name, expression in columns %}
    array_agg({{ expression }}) as {{ name }}{{ ',' if not loop.last }}
    {%- endfor %}
from (select * from {{ relation }} order by ticker, dt) as by_day
group by ticker
{%- endmacro %}
