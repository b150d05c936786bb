{#- Condition: the days of a model with `changed_at` since the first that was rewritten and that no
    table downstream has. dbt builds none where a test failed, so what failed is looked at again. -#}
{% macro newest_build(relation) -%}
    {% set first = first_unseen_build(relation) -%}
    {% if 'dt' in tested_model(relation).columns -%}
        {% do return("dt >= date '" ~ first_day_since(relation, 'changed_at', first) ~ "'") -%}
    {% endif -%}
    {% do return("changed_at >= timestamp '" ~ (first or '9999-12-31') ~ "'") -%}
{%- endmacro %}


{#- Stamp of the first build that no table downstream has, else of the newest. -#}
{% macro first_unseen_build(relation) -%}
    {% set seen = [] -%}
    {% for table in _built_tables(relation) -%}
        {% do seen.append('(select max(changed_at) from ' ~ table ~ ')') -%}
    {% endfor -%}
    {% set unseen = only_value(
        'select min(changed_at) from ' ~ relation ~ ' where changed_at > coalesce(greatest('
        ~ seen | join(', ') ~ "), timestamp '0001-01-01')"
    ) if seen -%}
    {% do return(unseen or only_value('select max(changed_at) from ' ~ relation)) -%}
{%- endmacro %}


{% macro tested_model(relation) -%}
    {% set models = graph.nodes.values() | selectattr('resource_type', 'equalto', 'model') -%}
    {% do return(models | selectattr('relation_name', 'equalto', relation | string) | first) -%}
{%- endmacro %}


{#- The tables that are built from a model, as far as they are there. -#}
{% macro _built_tables(relation) -%}
    {% set tested, tables = tested_model(relation).unique_id, [] -%}
    {% for node in graph.nodes.values() | selectattr('config.materialized', 'equalto', 'incremental')
        if tested in node.depends_on.nodes and 'changed_at' in node.columns -%}
        {% set table = built_table(node) -%}
        {% if table -%}{% do tables.append(table) -%}{% endif -%}
    {% endfor -%}
    {% do return(tables) -%}
{%- endmacro %}
