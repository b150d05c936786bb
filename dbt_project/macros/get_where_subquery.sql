{#- What a data test looks at, where its config `where` is one of two words of ours: the days since the
    first that the newest build rewrote (models with `changed_at`), or since a month before the first
    that the newest load brought (prices as delivered). A full refresh and the var test_all_rows look
    at all rows. The day is asked for first: told its date, a planner knows how many rows follow. -#}
{% macro get_where_subquery(relation) -%}
    {% set where = config.get('where', '') -%}
    {% if not where -%}
        {% do return(relation) -%}
    {% endif -%}
    {% if where not in ('newest_build', 'newest_load') -%}
        {% do return('(select * from ' ~ relation ~ ' where ' ~ where ~ ') as tested') -%}
    {% endif -%}
    {% if flags.FULL_REFRESH or var('test_all_rows') or not execute -%}
        {% do return(relation) -%}
    {% endif -%}
    {% set first = _first_built(relation) if where == 'newest_build' else _first_loaded(relation) -%}
    {% set first_day = run_query(first).columns[0].values()[0] or '9999-12-31' -%}
    {% do return('(select * from ' ~ relation ~ " where dt >= date '" ~ first_day ~ "') as tested") -%}
{%- endmacro %}


{#- `min(dt)` would make PostgreSQL walk the index of dt from the first day on until a row fits. -#}
{% macro _first_built(relation) -%}
    select min(dt - 0) from {{ relation }}
    where changed_at >= (select max(changed_at) from {{ relation }})
{%- endmacro %}


{% macro _first_loaded(relation) -%}
    select min(dt - 30) from {{ relation }}
    where loaded_at >= (select max(loaded_at) from {{ relation }})
{%- endmacro %}
