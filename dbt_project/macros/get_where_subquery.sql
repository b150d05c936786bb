{#- What a data test looks at, where its config `where` is one of two words of ours: the days since the
    first that the newest build rewrote (models with `changed_at`), or since a month before the first
    that the newest load brought (prices as delivered). A full refresh and the var test_all_rows look
    at all rows. -#}
{% macro get_where_subquery(relation) -%}
    {% set where = config.get('where', '') -%}
    {% if not where -%}
        {% do return(relation) -%}
    {% endif -%}
    {% set conditions = {
        'newest_build': _days_of_the_newest_build(relation),
        'newest_load': _days_of_the_newest_load(relation),
    } -%}
    {% if where in conditions and (flags.FULL_REFRESH or var('test_all_rows')) -%}
        {% do return(relation) -%}
    {% endif -%}
    {% do return(
        '(select * from ' ~ relation ~ ' where ' ~ conditions.get(where, where) ~ ') as tested'
    ) -%}
{%- endmacro %}


{#- `min(dt)` would make PostgreSQL walk the index of dt from the first day on until a row fits. -#}
{% macro _days_of_the_newest_build(relation) -%}
    {% set first -%}
        select min(dt - 0) from {{ relation }}
        where changed_at >= (select max(changed_at) from {{ relation }})
    {%- endset %}
    {{- is_since('dt', first, relation) }}
{%- endmacro %}


{% macro _days_of_the_newest_load(relation) -%}
    {% set first -%}
        select min(dt - 30) from {{ relation }}
        where loaded_at >= (select max(loaded_at) from {{ relation }})
    {%- endset %}
    {{- is_since('dt', first, relation) }}
{%- endmacro %}
