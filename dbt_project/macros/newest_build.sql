{#- Condition: the days of a model with `changed_at` since the first that was rewritten after its tests
    last passed, else since the first of its newest build. None: all rows. -#}
{% macro newest_build(relation) -%}
    {% set since = tested_until('tested_builds', 'changed_at') -%}
    {% if since is none -%}
        {% do return(none) -%}
    {% endif -%}
    {% set first = first_build_since(relation, since) -%}
    {% if 'dt' in tested_model(relation).columns -%}
        {% do return("dt >= date '" ~ first_day_since(relation, 'changed_at', first) ~ "'") -%}
    {% endif -%}
    {% do return("changed_at >= timestamp '" ~ (first or '9999-12-31') ~ "'") -%}
{%- endmacro %}


{% macro first_build_since(relation, since) -%}
    {% set later = 'select min(changed_at) from ' ~ relation
        ~ " where changed_at > timestamp '" ~ since ~ "'" -%}
    {% do return(only_value(later) or only_value('select max(changed_at) from ' ~ relation)) -%}
{%- endmacro %}


{% macro tested_model(relation) -%}
    {% set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
    {% do return(models | selectattr('relation_name', 'equalto', relation | string) | first) -%}
{%- endmacro %}
