{#- All feature sets of the var `feature_sets` side by side. A set named `x` is the model
    `features_x`; its described columns besides ticker, dt and changed_at are features. -#}
{% macro feature_sets() -%}
    {% set names = var('feature_sets') -%}
    {% set first = 'features_' ~ names[0] -%}
with {% for name in names -%}
features_{{ name }} as (

    select * from {{ ref('features_' ~ name) }}

),

{% endfor -%}
side_by_side as (

    select
        {{ first }}.ticker,
        {{ first }}.dt
        {%- for name in names %}
        {%- for column in feature_columns('features_' ~ name) %},
        features_{{ name }}.{{ column }}
        {%- endfor %}
        {%- endfor %}
    from {{ first }}
    {%- for name in names[1:] %}
    left join features_{{ name }}
        on {{ first }}.ticker = features_{{ name }}.ticker and {{ first }}.dt = features_{{ name }}.dt
    {%- endfor %}

)

select * from side_by_side
{%- endmacro %}


{#- The features of a model: the columns its documentation lists, without the keys. -#}
{% macro feature_columns(model_name) -%}
    {% set columns = [] -%}
    {% if execute -%}
        {% for node in graph.nodes.values() if node.resource_type == 'model' and node.name == model_name -%}
            {% for column in node.columns if column not in ['ticker', 'dt', 'changed_at'] -%}
                {% do columns.append(column) -%}
            {% endfor -%}
        {% endfor -%}
    {% endif -%}
    {% do return(columns) -%}
{%- endmacro %}
