{#- How far the tests with a word have passed: the largest stamp in the table that keeps it, of builds
    with the universe and the sectors of today. None where nothing has passed yet. -#}
{% macro tested_until(marker, stamp) -%}
    {% set table = built_table('model.mlx.' ~ marker) -%}
    {% set reference = built_table('model.mlx.int_reference_version') -%}
    {% if not (table and reference) -%}
        {% do return(none) -%}
    {% endif -%}
    {% do return(only_value(
        'select max(' ~ stamp ~ ') from ' ~ table
        ~ ' where reference_version = (select reference_version from ' ~ reference ~ ')'
    )) -%}
{%- endmacro %}


{#- Condition: all data tests with a word belong to this command. A table that depends on what they
    test, and that dbt skips where one failed, may then note that they passed. -#}
{% macro are_all_tested(word) -%}
    {% if execute -%}
        {% for node in graph.nodes.values() if node.resource_type == 'test' and node.config.where == word
            and node.unique_id not in selected_resources -%}
            {% do return('1 = 0') -%}
        {% endfor -%}
    {% endif -%}
    {% do return('1 = 1') -%}
{%- endmacro %}


{#- A full refresh rebuilds what had passed. Not the other way round: where a test fails, what is
    noted here would outlive the rows it is about. -#}
{% macro forget_tested() %}
    {% if execute and flags.FULL_REFRESH %}
        {% for marker in ['tested_builds', 'tested_forecasts'] %}
            {% set table = built_table('model.mlx.' ~ marker) %}
            {% if table %}{% do run_query('delete from ' ~ table) %}{% endif %}
        {% endfor %}
    {% endif %}
{% endmacro %}


{#- The table of a model; none where the model is switched off or not built yet. -#}
{% macro built_table(unique_id) -%}
    {% set node = graph.nodes.get(unique_id) -%}
    {% do return(adapter.get_relation(node.database, node.schema, node.alias) if node) -%}
{%- endmacro %}
