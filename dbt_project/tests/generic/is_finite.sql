{#- Fails with the rows that hold NaN or an infinity in any floating-point column: both pass
    `not_null`, and poison every average above them. -#}
{% test is_finite(model) %}

{% set query = 'select * from ' ~ model ~ ' limit 0' %}
{% set columns = adapter.get_column_schema_from_query(query) if execute else [] %}
select ticker, dt
from {{ model }}
where
    1 = 0
    {% for column in columns if column.is_float() -%}
    or {{ column.quoted }} in (
        cast('NaN' as double precision),
        cast('Infinity' as double precision),
        cast('-Infinity' as double precision)
    )
    {% endfor %}

{% endtest %}
