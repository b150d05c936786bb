{#- A select of the documented features: name, feature set, and the description of its column. -#}
{% macro feature_documentation() -%}
    {% set rows = [] -%}
    {% for name in var('feature_sets') if execute -%}
        {% for node in graph.nodes.values()
            if node.resource_type == 'model' and node.name == 'features_' ~ name -%}
            {% for column in feature_columns(node.name) -%}
                {% set text = node.columns[column].description.split() | join(' ') -%}
                {% do rows.append("('" ~ column ~ "', '" ~ name ~ "', '"
                    ~ (text | replace("'", "''")) ~ "')") -%}
            {% endfor -%}
        {% endfor -%}
    {% endfor -%}
    select
        cast(feature as varchar) as feature,
        cast(feature_set as varchar) as feature_set,
        cast(description as varchar) as description
    from (
        values
        {{ (rows or ["('', '', '')"]) | join(',\n        ') }}
    ) as documented (feature, feature_set, description)
{%- endmacro %}
