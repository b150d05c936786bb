{#- Whether a day is not before the first one that a query gives, so that the days before it are not
    read. `relation` is the table of the column `dt`. DuckDB skips row groups; PostgreSQL takes a
    comparison with a subquery for a third of the table and reads all of it, but looks up listed days
    in its index. -#}
{% macro is_since(column, first, relation) %}
    {{- return(adapter.dispatch('is_since', 'mlx')(column, first, relation)) -}}
{% endmacro %}


{% macro default__is_since(column, first, relation) -%}
    {{ column }} = any(array(
        select cast(days.dt as date)
        from ({{ first }}) as since (first_dt)
        cross join (select min(dt) as first_dt, max(dt) as last_dt from {{ relation }}) as present
        cross join lateral generate_series(
            cast(greatest(since.first_dt, present.first_dt) as timestamp),
            cast(present.last_dt as timestamp),
            interval '1 day'
        ) as days (dt)
        where since.first_dt is not null
    ))
{%- endmacro %}


{% macro duckdb__is_since(column, first, relation) -%}
    {{ column }} >= ({{ first }})
{%- endmacro %}
