{#- Fails with the rows that hold NaN or an infinity in any documented column of the data type;
    both pass `not_null`, and poison every average above them. -#}
{% test is_finite(model, data_type) %}

{% set columns = [] %}
{% if execute %}
    {% set tested = graph.nodes[context['model'].attached_node] %}
    {% for column in tested.columns.values() if column.data_type == data_type %}
        {% do columns.append(column.name) %}
    {% endfor %}
{% endif %}
select ticker, dt
from {{ model }}
where
    1 = 0
    {% for column in columns -%}
    or {{ column }} in (
        cast('NaN' as {{ data_type }}),
        cast('Infinity' as {{ data_type }}),
        cast('-Infinity' as {{ data_type }})
    )
    {% endfor %}

{% endtest %}
