{#- What a data test looks at, where its config `where` is one of three words of ours: rows of the
    newest build, of the newest load, or of the newest forecasts (macros of these names), and those that
    came before and are not known to have passed. A full refresh and the var test_all_rows look at all
    rows. Stamps and days are asked for first: told their values, a planner knows how many follow. -#}
{% macro get_where_subquery(relation) -%}
    {% set where = config.get('where', '') -%}
    {% if not where -%}
        {% do return(relation) -%}
    {% elif where not in ('newest_build', 'newest_load', 'newest_forecasts') -%}
        {% set condition = where -%}
    {% elif flags.FULL_REFRESH or var('test_all_rows') or not execute -%}
        {% do return(relation) -%}
    {% elif where == 'newest_build' -%}
        {% set condition = newest_build(relation) -%}
    {% elif where == 'newest_load' -%}
        {% set condition = newest_load(relation) -%}
    {% else -%}
        {% set condition = newest_forecasts(relation) -%}
    {% endif -%}
    {% do return('(select * from ' ~ relation ~ ' where ' ~ condition ~ ') as tested' if condition else relation) -%}
{%- endmacro %}


{#- The first day of the rows that came with a stamp or later. `min(dt)` would make PostgreSQL walk
    the index of dt from the first day on until a row fits. -#}
{% macro first_day_since(relation, stamp, first, days_before=0) -%}
    {% set day = 'select min(dt - ' ~ days_before ~ ') from ' ~ relation
        ~ ' where ' ~ stamp ~ " >= timestamp '" ~ (first or '9999-12-31') ~ "'" -%}
    {% do return(only_value(day) or '9999-12-31') -%}
{%- endmacro %}


{% macro only_value(query) -%}
    {% do return(run_query(query).columns[0].values()[0]) -%}
{%- endmacro %}
